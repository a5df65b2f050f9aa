import { customerExists } from '@pombo/db/customers.ts';
import { createToken, revokeToken } from '@pombo/db/tokens.ts';
import { done, refused } from '../answer.ts';
import { commandActor } from '../command-actor.ts';
import { type AddCommands, rowNumber } from '../command-line.ts';

export const addToken: AddCommands = (program, { operate }) => {
  const token = program.command('token').description('account tokens (tsid)');
  token
    .command('create')
    .description('make a token; it is shown once and never again')
    .requiredOption('--customer <id>', 'whose', rowNumber)
    .option('--no-send', 'it may look things up, but not send')
    .action(
      operate(async ({ prisma }, { customer, send }: { customer: string; send: boolean }) => {
        if (!(await customerExists(prisma, customer))) return refused(`There is no customer ${customer}.`);
        const tsid = await createToken(prisma, commandActor(), customer, { maySend: send });
        return done({ tsid }, `${tsid}\nKeep it: only its hash is stored, and it is not shown again.`);
      }),
    );
  token
    .command('revoke <token>')
    .description('end a token, by its text, its number or its name in `list tokens`')
    .action(
      operate(async ({ prisma }, which: string) => {
        const result = await revokeToken(prisma, commandActor(), which);
        if (result.kind === 'not_found') return refused('There is no such token, or it is revoked already.');
        if (result.kind === 'ambiguous')
          return refused('Several tokens are called that: name the number from `list tokens`.');
        return done({ revoked: [result.name] }, `Token ${result.name}… is revoked.`);
      }),
    );
};
