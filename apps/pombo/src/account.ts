import { Command } from 'commander';
import type { Api } from './api.ts';
import { Refusal } from './refusal.ts';
import { readRunning } from './start/home-folder.ts';

interface AccountOptions {
  tsid?: string;
  api?: string;
}

/** The options of every command that talks to the API. */
export function withAccount(command: Command): Command {
  return command
    .option('--tsid <token>', 'whose account; better POMBO_TSID in the environment, which no list of processes shows')
    .option('--api <url>', 'where the API is; under `npm start` the one running here');
}

/** `ownTsid`: that of the environment. Throws a Refusal when no account is named and no `npm start` is running. */
export async function findApi(home: string, ownTsid: string | undefined, { tsid, api }: AccountOptions): Promise<Api> {
  const running = await readRunning(home);
  const account = tsid ?? (ownTsid || running?.demoTsid);
  if (account === undefined) throw new Refusal('Name the account with POMBO_TSID or --tsid.');
  return { url: api ?? running?.apiUrl ?? 'http://127.0.0.1:8080', tsid: account };
}

/** Commander hands an action the command itself, after everything else. */
export function accountIn(args: readonly unknown[]): AccountOptions {
  const command = args.at(-1);
  return command instanceof Command ? command.opts<AccountOptions>() : {};
}
