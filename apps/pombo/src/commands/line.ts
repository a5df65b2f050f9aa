import { customerExists } from '@pombo/db/customers.ts';
import { readLineReport } from '@pombo/db/line-report.ts';
import {
  createLine,
  type Paces,
  pauseLine,
  resumeLine,
  setLineActive,
  setLineAppSecret,
  setLineOnUnknown,
  setLinePace,
  setLineToken,
} from '@pombo/db/lines.ts';
import { isMetasOwnHost } from '@pombo/graph/meta-host.ts';
import { Argument } from 'commander';
import { type Answer, done, integer, refused } from '../answer.ts';
import { commandActor } from '../command-actor.ts';
import { type AddCommands, rate, rowNumber, text } from '../command-line.ts';
import type { Workbench } from '../workbench.ts';
import { probeLine } from './line-probe.ts';
import { lineJson, lineText } from './line-view.ts';

interface TokenOptions {
  pageToken?: string;
  pageTokenStdin?: true;
}

interface LineOptions extends TokenOptions {
  customer: string;
  id?: string;
  class: string;
  name: string;
  pageId: string;
  rate: number;
  appId?: string;
  appSecret?: string;
}

interface PaceOptions {
  rate?: number;
  mediaRate?: number;
}

interface SecretOptions {
  appSecret?: string;
  appSecretStdin?: true;
  remove?: true;
}

export const addLine: AddCommands = (program, { operate, readStdin }) => {
  const line = program.command('line').description('lines: the pages we may send as');
  /** A command about one line that exists. */
  const about = (name: string, description: string) =>
    line.command(name).argument('<line>', 'its number', rowNumber).description(description);
  /** From standard input when that was asked for; empty when nothing was given. */
  const secret = async (fromStdin: true | undefined, given: string | undefined) =>
    fromStdin ? (await readStdin()).trim() : (given ?? '');

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
      operate(async (workbench, options: LineOptions) =>
        create(workbench, options, await secret(options.pageTokenStdin, options.pageToken)),
      ),
    );
  about('show', 'where a line stands and why, its pace, and what is unfinished on it').action(operate(show));
  about('pause', 'send nothing more until it is resumed').action(operate(pause));
  about('resume', 'end a pause or a parking').action(operate(resume));
  about('set-token', 'give it another page access token, and let it try again')
    .option('--page-token <token>', 'better use --page-token-stdin', text)
    .option('--page-token-stdin', 'read it from standard input')
    .action(
      operate(async (workbench, id: string, given: TokenOptions) =>
        setToken(workbench, id, await secret(given.pageTokenStdin, given.pageToken)),
      ),
    );
  about('set-app-secret', 'give it another app secret, and let it try again')
    .option('--app-secret <secret>', 'better use --app-secret-stdin', text)
    .option('--app-secret-stdin', 'read it from standard input')
    .option('--remove', 'none of its own: GRAPH_APP_SECRET counts, where it is set')
    .action(
      operate(async (workbench, id: string, given: SecretOptions) =>
        setAppSecret(workbench, id, given.remove ? null : await secret(given.appSecretStdin, given.appSecret)),
      ),
    );
  about('set-pace', 'how fast it may send, from the next turn on')
    .option('--rate <per-second>', 'texts, images and files; 0: no pace, never against Meta itself', rate)
    .option('--media-rate <per-second>', 'audio and video, likewise', rate)
    .action(operate(setPace));
  about('set-on-unknown', 'for messages whose caller does not say: hold an unknown outcome, or send once more')
    .addArgument(new Argument('<what>', 'what follows an unknown outcome').choices(['hold', 'resend']))
    .action(operate(setOnUnknown));
  about('activate', 'undo deactivate').action(operate((workbench, id: string) => setActive(workbench, id, true)));
  about('deactivate', 'refuse its callers (230), and let what was accepted wait').action(
    operate((workbench, id: string) => setActive(workbench, id, false)),
  );
  about('probe', 'ask Graph now whether its token works').action(operate(probeLine));
};

async function create({ prisma, seal, graphBaseUrl }: Workbench, options: LineOptions, pageToken: string) {
  if (options.rate === 0 && isMetasOwnHost(graphBaseUrl)) return refusedWithoutPace(graphBaseUrl);
  if (!(await customerExists(prisma, options.customer))) return refused(`There is no customer ${options.customer}.`);
  const made = await createLine(prisma, commandActor(), seal(), {
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

async function pause({ prisma }: Workbench, id: string): Promise<Answer> {
  if (!(await pauseLine(prisma, commandActor(), id))) return noLine(id);
  return done({ v8l_id: integer(id), paused: true }, `Line ${id} is paused. Its messages wait.`);
}

async function resume({ prisma }: Workbench, id: string): Promise<Answer> {
  if (!(await resumeLine(prisma, commandActor(), id))) return noLine(id);
  return done({ v8l_id: integer(id), paused: false, parked: false }, `Line ${id} may send again.`);
}

async function setToken({ prisma, seal }: Workbench, id: string, pageToken: string): Promise<Answer> {
  if (pageToken === '') return refused('Give the token with --page-token-stdin, or with --page-token.');
  if (!(await setLineToken(prisma, commandActor(), seal(), id, pageToken))) return noLine(id);
  return done({ v8l_id: integer(id), parked: false }, `Line ${id} has its new token and may send again.`);
}

async function setOnUnknown({ prisma }: Workbench, id: string, what: 'hold' | 'resend'): Promise<Answer> {
  if (!(await setLineOnUnknown(prisma, commandActor(), id, what))) return noLine(id);
  return done({ v8l_id: integer(id), on_unknown: what }, `On line ${id}, unknown outcomes: ${what}.`);
}

async function show({ database }: Workbench, id: string): Promise<Answer> {
  const line = await readLineReport(database, id);
  return line === null ? noLine(id) : done(lineJson(line), lineText(line));
}

async function setPace({ prisma, graphBaseUrl }: Workbench, id: string, options: PaceOptions): Promise<Answer> {
  const { rate: pace, mediaRate: mediaPace } = options;
  if (pace === undefined && mediaPace === undefined) return refused('Give --rate, --media-rate, or both.');
  if ((pace === 0 || mediaPace === 0) && isMetasOwnHost(graphBaseUrl)) return refusedWithoutPace(graphBaseUrl);
  const paces: Paces = { ...(pace !== undefined && { pace }), ...(mediaPace !== undefined && { mediaPace }) };
  if (!(await setLinePace(prisma, commandActor(), id, paces))) return noLine(id);
  const json = { v8l_id: integer(id), ...(pace !== undefined && { rate: pace }) };
  return done(
    { ...json, ...(mediaPace !== undefined && { media_rate: mediaPace }) },
    `Line ${id} has its new pace from the next turn on.`,
  );
}

function noLine(id: string): Answer {
  return refused(`There is no line ${id}.`);
}

function refusedWithoutPace(graphBaseUrl: string): Answer {
  return refused(
    `--rate 0 is refused: sends go to Meta itself (${graphBaseUrl}), which blocks pages that send without a pace.`,
  );
}

async function setActive({ prisma }: Workbench, id: string, active: boolean): Promise<Answer> {
  if (!(await setLineActive(prisma, commandActor(), id, active))) return noLine(id);
  const waits = 'is deactivated: its callers are refused, and what was accepted waits';
  return done({ v8l_id: integer(id), active }, `Line ${id} ${active ? 'is active' : waits}.`);
}

async function setAppSecret({ prisma, seal }: Workbench, id: string, appSecret: string | null): Promise<Answer> {
  if (appSecret === '') return refused('Give the secret with --app-secret-stdin or --app-secret, or say --remove.');
  if (!(await setLineAppSecret(prisma, commandActor(), seal(), id, appSecret))) return noLine(id);
  const has = appSecret === null ? 'has no app secret of its own any more' : 'has its new app secret';
  return done({ v8l_id: integer(id), has_app_secret: appSecret !== null }, `Line ${id} ${has}, and may send again.`);
}
