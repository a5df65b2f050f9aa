import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { readSettings, type SettingsOf } from '@pombo/config/read-settings.ts';
import { Command, CommanderError } from 'commander';
import { accountIn, findApi } from './account.ts';
import type { Answer } from './answer.ts';
import type { AddCommands, CommandLine } from './command-line.ts';
import { addCampaign } from './commands/campaign.ts';
import { addCustomer } from './commands/customer.ts';
import { addExclude } from './commands/exclude.ts';
import { addIp } from './commands/ip.ts';
import { addLine } from './commands/line.ts';
import { addList } from './commands/list.ts';
import { addMessage } from './commands/message.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOperator } from './commands/operator.ts';
import { addRetention } from './commands/retention.ts';
import { addSend } from './commands/send.ts';
import { addToken } from './commands/token.ts';
import { addUser } from './commands/user.ts';
import { Refusal, sentenceOf } from './refusal.ts';
import type { Terminal } from './terminal.ts';
import { findConnection, withWorkbench } from './workbench.ts';

/** What the command line gets from the process it runs in. */
export interface Surroundings extends Terminal {
  env: Record<string, string | undefined>;
  /** The words after the command's own name. */
  words: readonly string[];
  /** The clone. */
  house: string;
}

export type ExitCode = 0 | 1 | 2;

const groups: readonly AddCommands[] = [
  addMigrate,
  addCustomer,
  addUser,
  addToken,
  addLine,
  addIp,
  addMessage,
  addSend,
  addCampaign,
  addExclude,
  addOperator,
  addRetention,
  addList,
];

/** Runs one command. 0: done. 1: refused, with a sentence on standard error. 2: the command was not understood. */
export async function run(surroundings: Surroundings): Promise<ExitCode> {
  const { words, out, err } = surroundings;
  const ending: { code: ExitCode } = { code: 0 };
  const program = new Command('pombo')
    .description("Sends Facebook Messenger messages through Meta's Graph API, and knows what became of each")
    .option('--json', 'answer in JSON, for programs')
    .option('--data <folder>', 'where `npm start` keeps its data', surroundings.env.POMBO_HOME || undefined)
    .exitOverride()
    .configureOutput({ writeOut: (text) => out(text.trimEnd()), writeErr: (text) => err(text.trimEnd()) });

  const home = () => resolve(program.opts<{ data?: string }>().data ?? join(surroundings.house, '.pombo'));
  const inJson = () => program.opts<{ json?: true }>().json === true;
  const say = (answer: Answer) => {
    if (answer.kind === 'told') return;
    if (answer.kind === 'done') return out(inJson() ? JSON.stringify(answer.json) : answer.text);
    ending.code = 1;
    if (answer.kind === 'broke_off')
      return err(inJson() ? JSON.stringify({ error: answer.sentence }) : answer.sentence);
    err(answer.sentence);
    if (inJson()) out(JSON.stringify({ error: answer.sentence, ...answer.json }));
  };
  const connection = () => findConnection(settingsFor(surroundings, 'operator'), home());
  const line: CommandLine = {
    terminal: surroundings,
    inJson,
    readStdin: () => text(surroundings.stdin),
    operate:
      (action) =>
      async (...args) =>
        say(await refusing(async () => withWorkbench(await connection(), (workbench) => action(workbench, ...args)))),
    tell:
      (action) =>
      async (...args) =>
        say(await refusing(() => action({ home: home(), connection }, ...args))),
    ask:
      (action) =>
      async (...args) =>
        say(
          await refusing(async () =>
            action(await findApi(home(), surroundings.env.POMBO_TSID, accountIn(args)), ...args),
          ),
        ),
  };
  for (const add of groups) add(program, line);
  program
    .command('start')
    .description('everything on this machine: PostgreSQL, API, worker, console and a Graph simulator')
    .action(async () => {
      try {
        const { env, house } = surroundings;
        // Loaded only here: no other command needs what it brings.
        const { start } = await import('./start/start.ts');
        ending.code = await start({
          settings: settingsFor(surroundings, 'start'),
          env,
          house,
          home: home(),
          print: out,
        });
      } catch (error) {
        say({ kind: 'refused', sentence: `Pombo does not start. ${sentenceOf(error)}` });
      }
    });
  inheritExitOverride(program);

  try {
    await program.parseAsync([...words], { from: 'user' });
    return ending.code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

/** A refusal, or what the system says, becomes an answer. A fault of ours in a command is one sentence as well. */
async function refusing(action: () => Promise<Answer>): Promise<Answer> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof CommanderError) throw error;
    return { kind: 'refused', sentence: sentenceOf(error) };
  }
}

function settingsFor<P extends 'operator' | 'start'>({ env }: Surroundings, process: P): SettingsOf<P> {
  const reading = readSettings(env, process);
  if (reading.kind === 'valid') return reading.settings;
  throw new Refusal(reading.sentences.join('\n'));
}

/** Commander takes over its settings only into commands that are made afterwards in the same chain. */
function inheritExitOverride(command: Command): void {
  for (const child of command.commands) inheritExitOverride(child.copyInheritedSettings(command));
}
