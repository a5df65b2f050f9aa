import { withAccount } from '../account.ts';
import { type Answer, done, told } from '../answer.ts';
import type { Api } from '../api.ts';
import { second } from '../campaign/campaign-view.ts';
import { changeExclusions, listExclusions } from '../campaign/exclusions.ts';
import type { AddCommands } from '../command-line.ts';
import type { Terminal } from '../terminal.ts';

export const addExclude: AddCommands = (program, { ask, terminal, inJson }) => {
  const exclude = program.command('exclude').description('those whom campaigns of this account send nothing');
  for (const change of ['add', 'remove'] as const) {
    const command = exclude
      .command(change)
      .argument('<who...>', 'PSIDs, files with one PSID per line, or - for standard input')
      .description(change === 'add' ? 'send them nothing from now on' : 'let campaigns send to them again');
    withAccount(command).action(ask((api, words: string[]) => changeExclusions(api, change, words, terminal)));
  }
  withAccount(exclude.command('list').description('who is on it')).action(ask((api) => list(api, terminal, inJson())));
};

/** As it comes: the list may be long. For programs it is one array, as other lists are. */
async function list(api: Api, { out }: Terminal, inJson: boolean): Promise<Answer> {
  const all: object[] = [];
  let count = 0;
  for await (const excluded of listExclusions(api)) {
    count += 1;
    if (inJson) all.push(excluded);
    else out(`${excluded.dest}  ${second(excluded.created_at)}`);
  }
  return inJson || count === 0 ? done(all, 'Nobody is excluded.') : told;
}
