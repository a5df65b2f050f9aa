/** What both Fastify baselines read and answer: MakeMessenger with JSON, as the benches call it. */
export const makeMessengerSchema = {
  body: {
    type: 'object',
    required: ['app_id', 'dest', 'mdata'],
    properties: {
      app_id: { type: 'integer', minimum: 1 },
      dest: { type: 'string', minLength: 1, maxLength: 64 },
      mdata: { type: 'string', minLength: 1, maxLength: 2000 },
      async: { type: 'integer', enum: [0, 1] },
    },
  },
  response: { '2xx': envelopeSchema() },
} as const;

export interface MakeMessengerBody {
  app_id: number;
  dest: string;
  mdata: string;
  async?: 0 | 1;
}

function envelopeSchema() {
  return {
    type: 'object',
    properties: {
      return: {
        type: 'object',
        properties: {
          status: { type: 'string' },
          status_code: { type: 'integer' },
          messageId: { type: 'string' },
          cdls_id: { type: 'integer' },
        },
      },
    },
  } as const;
}
