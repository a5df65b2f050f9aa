export const obviousQueue = 'obvious';

/** What a job of it ends with. */
export interface Sent {
  status: 'OK' | 'ERROR';
  code: number;
  messageId: string;
}
