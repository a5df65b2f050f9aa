import { cancelByOperator } from '@pombo/db/cancel.ts';
import { type ShownMessage, showMessage } from '@pombo/db/messages.ts';
import { type HandSettlement, settleByHand } from '@pombo/db/settle-by-hand.ts';
import { type Answer, done, integer, moment, refused, table } from '../answer.ts';
import { commandActor } from '../command-actor.ts';
import { type AddCommands, rowNumber } from '../command-line.ts';
import type { Workbench } from '../workbench.ts';

interface SettleOptions {
  as?: string;
  messageId?: string;
  sendAgain?: true;
}

export const addMessage: AddCommands = (program, { operate }) => {
  const message = program.command('message').description('messages: what became of one, and the last word on it');
  message
    .command('show')
    .argument('<message>', 'its number', rowNumber)
    .description('the row and its attempts')
    .action(operate((workbench, id: string) => show(workbench, id)));
  message
    .command('cancel')
    .argument('<message>', 'its number', rowNumber)
    .description('end what has not been handed to Graph')
    .action(
      operate(async ({ prisma }, id: string) => {
        const said = await cancelByOperator(prisma, commandActor(), id);
        if (said === 'not_found') return refused(`There is no message ${id}.`);
        if (said === 'too_late')
          return refused(`It is too late: message ${id} was handed to Graph, or has its last word.`);
        return done({ cdls_id: integer(id), status: 'CANCELED' }, `Message ${id} is canceled.`);
      }),
    );
  message
    .command('settle')
    .argument('<message>', 'its number', rowNumber)
    .description('say what became of a message whose outcome is unknown')
    .option('--as <word>', 'OK: it arrived. ERROR: it did not')
    .option('--message-id <mid>', "with --as OK: Meta's id of it")
    .option('--send-again', 'send it again, whether or not it arrived')
    .action(operate((workbench, id: string, options: SettleOptions) => settle(workbench, id, options)));
};

async function settle({ prisma }: Workbench, id: string, options: SettleOptions): Promise<Answer> {
  const settlement = settlementOf(options);
  if (settlement === null) return refused('Say one of: --as OK, --as ERROR, --send-again.');
  const result = await settleByHand(prisma, commandActor(), id, settlement);
  if (result === 'not_found') return refused(`There is no message ${id}.`);
  if (result === 'campaign_canceled')
    return refused(`The campaign of message ${id} was canceled: nothing of it is sent.`);
  if (result === 'not_unknown')
    return refused(`The outcome of message ${id} is not unknown: look with \`message show ${id}\`.`);
  const status = { sent: 'OK', not_sent: 'ERROR', send_again: 'PENDING' }[settlement.kind];
  return done({ cdls_id: integer(id), status }, `Message ${id} is ${status} now.`);
}

function settlementOf({ as, messageId, sendAgain }: SettleOptions): HandSettlement | null {
  const word = as?.toUpperCase();
  if (sendAgain) return word === undefined ? { kind: 'send_again' } : null;
  if (word === 'OK') return { kind: 'sent', returnId: messageId ?? '' };
  return word === 'ERROR' ? { kind: 'not_sent' } : null;
}

async function show({ prisma }: Workbench, id: string): Promise<Answer> {
  const message = await showMessage(prisma, id);
  return message === null ? refused(`There is no message ${id}.`) : done(messageJson(message), messageText(message));
}

function messageJson(message: ShownMessage): object {
  return {
    cdls_id: integer(message.messageId),
    cdcs_id: integer(message.customerId),
    v8l_id: integer(message.lineId),
    dest: message.dest,
    mtype: message.type,
    msg_id: message.reference,
    lane: message.lane,
    status: message.status,
    state: message.delivery?.state ?? null,
    return_code: message.returnCode,
    return_id: message.returnId,
    return_log: message.returnLog,
    status_delivery: message.statusDelivery,
    on_unknown: message.onUnknown,
    created_at: message.createdAt,
    due_at: message.delivery?.dueAt ?? null,
    expires_at: message.expiresAt,
    settled_at: message.settledAt,
    attempts: message.attempts.map((attempt) => ({
      number: attempt.number,
      worker: attempt.worker,
      opened_at: attempt.openedAt,
      closed_at: attempt.closedAt,
      outcome: attempt.outcome,
      http_status: attempt.httpStatus,
      code: attempt.code,
      subcode: attempt.subcode,
      fbtrace_id: attempt.fbtraceId,
      text: attempt.text,
      total_ms: attempt.totalMs,
    })),
  };
}

function messageText(message: ShownMessage): string {
  const rows: [string, string][] = [
    ['message', message.messageId],
    ['customer', message.customerId],
    ['line', message.lineId],
    ['to', message.dest],
    ['type', message.type],
    ['status', [message.status, message.delivery && `(${message.delivery.state})`].filter(Boolean).join(' ')],
    ['answer', [message.returnCode ?? '-', message.returnId, message.statusDelivery].filter(Boolean).join('  ')],
    ['accepted', moment(message.createdAt)],
    ['settled', moment(message.settledAt)],
  ];
  const attempts = table(
    ['try', 'opened', 'outcome', 'http', 'code', 'ms', 'what was said'],
    message.attempts.map((attempt) => [
      String(attempt.number),
      moment(attempt.openedAt),
      attempt.outcome ?? 'open',
      String(attempt.httpStatus ?? '-'),
      [attempt.code ?? '-', attempt.subcode].filter((code) => code !== null).join('/'),
      String(attempt.totalMs ?? '-'),
      attempt.text ?? '',
    ]),
    'No attempt yet.',
  );
  return `${rows.map(([what, value]) => `${what.padEnd(9)} ${value}`).join('\n')}\n\n${attempts}`;
}
