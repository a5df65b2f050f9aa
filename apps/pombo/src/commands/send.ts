import { withAccount } from '../account.ts';
import { done, refused } from '../answer.ts';
import { type Api, call, unreachable } from '../api.ts';
import { type AddCommands, rowNumber, text } from '../command-line.ts';

interface SendOptions {
  line: string;
  dest: string;
  mtype: string;
  mdata: string;
  msgId?: string;
  key?: string;
  async?: true;
}

/** Longer than the API waits for Graph by itself. */
const patienceMs = 150_000;

export const addSend: AddCommands = (program, { ask }) => {
  const send = program
    .command('send')
    .description('send one message through the API and show its answer')
    .requiredOption('--line <id>', 'the line (app_id)', rowNumber)
    .requiredOption('--dest <psid>', 'to whom', text)
    .requiredOption('--mdata <text>', "the text, or the media's URL")
    .option('--mtype <type>', 'text, image, audio, video or file', 'text')
    .option('--msg-id <reference>', 'your own reference')
    .option('--key <key>', 'Idempotency-Key')
    .option('--async', 'do not wait for the outcome');
  withAccount(send).action(
    ask(async (api, options: SendOptions) => {
      const sent = await post(api, options);
      if (sent.kind === 'unreachable') return refused(unreachable(api, sent.why));
      if (sent.status >= 400) return refused(`The API answered ${sent.status}: ${sent.body}`);
      return done(JSON.parse(sent.body), sent.body);
    }),
  );
};

function post(api: Api, options: SendOptions) {
  const form = new URLSearchParams({
    app_id: options.line,
    dest: options.dest,
    mtype: options.mtype,
    mdata: options.mdata,
  });
  if (options.msgId) form.set('msg_id', options.msgId);
  if (options.async) form.set('async', '1');
  return call(api, '/api/v2/MakeMessenger.php', {
    method: 'POST',
    body: form.toString(),
    signal: AbortSignal.timeout(patienceMs),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(options.key ? { 'idempotency-key': options.key } : {}),
    },
  });
}
