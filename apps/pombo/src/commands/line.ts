import { customerExists } from '@pombo/db/customers.ts';
import {
  createLine,
  findLineRow,
  type LineRow,
  type LineWork,
  pauseLine,
  readLineWork,
  resumeLine,
  setLineToken,
} from '@pombo/db/lines.ts';
import { type Answer, done, integer, moment, refused } from '../answer.ts';
import { type AddCommands, rate, rowNumber, text } from '../command-line.ts';
import { isMetasOwnHost } from '../meta-host.ts';
import type { Operator } from '../operator.ts';

interface LineOptions {
  customer: string;
  id?: string;
  class: string;
  name: string;
  pageId: string;
  pageToken?: string;
  pageTokenStdin?: true;
  rate: number;
  appId?: string;
  appSecret?: string;
}

export const addLine: AddCommands = (program, { operate, readStdin }) => {
  const line = program.command('line').description('lines: the pages we may send as');
  line
    .command('create')
    .description('make a line')
    .requiredOption('--customer <id>', 'whose', rowNumber)
    .option('--id <number>', 'its number (app_id); drawn when not given', rowNumber)
    .option('--class <class>', 'only messenger lines send', 'messenger')
    .option('--name <name>', 'what to call it', '')
    .option('--page-id <id>', "the page's id", '')
    .option('--page-token <token>', 'page access token; better use --page-token-stdin')
    .option('--page-token-stdin', 'read the page access token from standard input')
    .option('--rate <per-second>', 'messages per second; 0: no pace, never against Meta itself', rate, 40)
    .option('--app-id <id>', 'lines of one app share its limits')
    .option('--app-secret <secret>', 'calls then carry appsecret_proof')
    .action(
      operate(async (operator, options: LineOptions) => {
        const pageToken = options.pageTokenStdin ? (await readStdin()).trim() : (options.pageToken ?? '');
        return create(operator, options, pageToken);
      }),
    );
  line
    .command('show')
    .argument('<line>', 'its number', rowNumber)
    .description('a line, its health, and what is unfinished on it')
    .action(operate((operator, id: string) => show(operator, id)));
  line
    .command('pause')
    .argument('<line>', 'its number', rowNumber)
    .description('send nothing more until it is resumed')
    .action(
      operate(async ({ prisma }, id: string) => {
        if (!(await pauseLine(prisma, id))) return refused(`There is no line ${id}.`);
        return done({ v8l_id: integer(id), paused: true }, `Line ${id} is paused. Its messages wait.`);
      }),
    );
  line
    .command('resume')
    .argument('<line>', 'its number', rowNumber)
    .description('end a pause or a parking')
    .action(
      operate(async ({ prisma }, id: string) => {
        if (!(await resumeLine(prisma, id))) return refused(`There is no line ${id}.`);
        return done({ v8l_id: integer(id), paused: false, parked: false }, `Line ${id} may send again.`);
      }),
    );
  line
    .command('set-token')
    .argument('<line>', 'its number', rowNumber)
    .description('give it another page access token, and let it try again')
    .option('--page-token <token>', 'better use --page-token-stdin', text)
    .option('--page-token-stdin', 'read it from standard input')
    .action(
      operate(async ({ prisma, seal }, id: string, given: { pageToken?: string; pageTokenStdin?: true }) => {
        const pageToken = given.pageTokenStdin ? (await readStdin()).trim() : (given.pageToken ?? '');
        if (pageToken === '') return refused('Give the token with --page-token-stdin, or with --page-token.');
        if (!(await setLineToken(prisma, seal(), id, pageToken))) return refused(`There is no line ${id}.`);
        return done({ v8l_id: integer(id), parked: false }, `Line ${id} has its new token and may send again.`);
      }),
    );
};

async function create({ prisma, seal, graphBaseUrl }: Operator, options: LineOptions, pageToken: string) {
  if (options.rate === 0 && isMetasOwnHost(graphBaseUrl)) {
    return refused(
      `--rate 0 is refused: sends go to Meta itself (${graphBaseUrl}), which blocks pages that send without a pace.`,
    );
  }
  if (!(await customerExists(prisma, options.customer))) return refused(`There is no customer ${options.customer}.`);
  const made = await createLine(prisma, seal(), {
    customerId: options.customer,
    lineId: options.id ?? null,
    class: options.class,
    name: options.name,
    pageId: options.pageId,
    pageToken,
    pace: options.rate,
    appId: options.appId ?? null,
    appSecret: options.appSecret ?? null,
  });
  if (made.kind === 'number_taken') return refused(`There is a line ${options.id} already.`);
  return done({ v8l_id: integer(made.lineId) }, `Line ${made.lineId} was made.`);
}

async function show({ prisma }: Operator, id: string): Promise<Answer> {
  const [line, work] = await Promise.all([findLineRow(prisma, id), readLineWork(prisma, id)]);
  return line === null ? refused(`There is no line ${id}.`) : done(lineJson(line, work), lineText(line, work));
}

/** Whether it may send, in a word. */
export function lineState(line: LineRow): 'inactive' | 'paused' | 'parked' | 'active' {
  if (!line.active) return 'inactive';
  if (line.pausedAt !== null) return 'paused';
  return line.parkedAt === null ? 'active' : 'parked';
}

export function lineJson(line: LineRow, work: LineWork | null): object {
  return {
    v8l_id: integer(line.lineId),
    cdcs_id: integer(line.customerId),
    name: line.name,
    class: line.class,
    state: lineState(line),
    page_id: line.pageId,
    has_page_token: line.hasPageToken,
    app_id: line.appId,
    rate: line.pace,
    media_rate: line.mediaPace,
    validity_seconds: line.validitySeconds,
    paused_at: line.pausedAt,
    parked_at: line.parkedAt,
    parked_until: line.parkedUntil,
    parked_reason: line.parkedReason,
    parked_code: line.parkedCode,
    created_at: line.createdAt,
    ...(work ?? {}),
  };
}

function lineText(line: LineRow, work: LineWork): string {
  const parked = `parked since ${moment(line.parkedAt)}${line.parkedUntil ? ` until ${moment(line.parkedUntil)}` : ', until it is mended'}: ${line.parkedReason ?? ''} (${line.parkedCode ?? 'no code'})`;
  const health = { inactive: 'inactive', active: 'active', parked, paused: `paused since ${moment(line.pausedAt)}` };
  const rows: [string, string][] = [
    ['line', `${line.lineId} ${line.name}`.trim()],
    ['customer', line.customerId],
    ['class', line.class],
    ['health', health[lineState(line)]],
    ['page', `${line.pageId || 'no page id'}, ${line.hasPageToken ? 'has a token' : 'no token'}`],
    ['pace', line.pace === 0 ? 'none' : `${line.pace}/s, audio and video ${line.mediaPace}/s`],
    ['backlog', String(work.backlog)],
    ['in the lane', String(work.released + work.sending)],
    ['unknown', String(work.unknown)],
  ];
  return rows.map(([what, value]) => `${what.padEnd(12)} ${value}`).join('\n');
}
