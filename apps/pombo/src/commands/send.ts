import { done, refused } from '../answer.ts';
import { type AddCommands, rowNumber, text } from '../command-line.ts';
import { readRunning } from '../start/home-folder.ts';

interface SendOptions {
  line: string;
  dest: string;
  mtype: string;
  mdata: string;
  tsid?: string;
  msgId?: string;
  key?: string;
  async?: true;
  api?: string;
}

/** Longer than the API waits for Graph by itself. */
const patienceMs = 150_000;

export const addSend: AddCommands = (program, { tell }) => {
  program
    .command('send')
    .description('send one message through the API and show its answer')
    .requiredOption('--line <id>', 'the line (app_id)', rowNumber)
    .requiredOption('--dest <psid>', 'to whom', text)
    .requiredOption('--mdata <text>', "the text, or the media's URL")
    .option('--mtype <type>', 'text, image, audio, video or file', 'text')
    .option('--tsid <token>', 'whose account; under `npm start` the demo customer')
    .option('--msg-id <reference>', 'your own reference')
    .option('--key <key>', 'Idempotency-Key')
    .option('--async', 'do not wait for the outcome')
    .option('--api <url>', 'where the API is; under `npm start` the one running here')
    .action(
      tell(async ({ home }, options: SendOptions) => {
        const running = await readRunning(home);
        const tsid = options.tsid ?? running?.demoTsid;
        if (tsid === undefined) return refused('Name the account with --tsid.');
        const api = options.api ?? running?.apiUrl ?? 'http://127.0.0.1:8080';
        const sent = await post(api, tsid, options);
        if (sent.kind === 'unreachable')
          return refused(`The API at ${api} does not answer (${sent.why}). Name it with --api.`);
        if (sent.status >= 400) return { kind: 'refused', sentence: `The API answered ${sent.status}: ${sent.body}` };
        return done(JSON.parse(sent.body), sent.body);
      }),
    );
};

type Sent = { kind: 'answered'; status: number; body: string } | { kind: 'unreachable'; why: string };

async function post(api: string, tsid: string, options: SendOptions): Promise<Sent> {
  const form = new URLSearchParams({
    app_id: options.line,
    dest: options.dest,
    mtype: options.mtype,
    mdata: options.mdata,
  });
  if (options.msgId) form.set('msg_id', options.msgId);
  if (options.async) form.set('async', '1');
  const headers = { authorization: `Bearer ${tsid}`, ...(options.key ? { 'idempotency-key': options.key } : {}) };
  try {
    const response = await fetch(new URL('/api/v2/MakeMessenger.php', api), {
      method: 'POST',
      headers,
      body: form,
      signal: AbortSignal.timeout(patienceMs),
    });
    return { kind: 'answered', status: response.status, body: await response.text() };
  } catch (error) {
    const { message, cause } = error as Error;
    return { kind: 'unreachable', why: cause instanceof Error ? cause.message : message };
  }
}
