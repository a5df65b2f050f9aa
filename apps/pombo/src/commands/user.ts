import { customerExists } from '@pombo/db/customers.ts';
import { hashPassword } from '@pombo/db/password.ts';
import { createUser } from '@pombo/db/users.ts';
import { done, integer, refused } from '../answer.ts';
import { commandActor } from '../command-actor.ts';
import { type AddCommands, rowNumber, text } from '../command-line.ts';

interface UserOptions {
  customer: string;
  username: string;
  password?: string;
  passwordStdin?: true;
}

export const addUser: AddCommands = (program, { operate, readStdin }) => {
  const user = program.command('user').description('usernames and passwords of customers, for HTTP Basic');
  user
    .command('create')
    .description('make a user')
    .requiredOption('--customer <id>', 'whose', rowNumber)
    .requiredOption('--username <name>', 'without a colon', text)
    .option('--password <password>', 'seen by whoever lists the processes: better use --password-stdin')
    .option('--password-stdin', 'read the password from standard input')
    .action(
      operate(async ({ prisma }, { customer, username, ...given }: UserOptions) => {
        if (username.includes(':')) return refused('A username cannot contain a colon: HTTP Basic ends it there.');
        if ((given.password === undefined) === (given.passwordStdin === undefined)) {
          return refused('Give the password once: with --password-stdin, or with --password.');
        }
        const password = given.password ?? (await readStdin()).replace(/\r?\n$/, '');
        if (password === '') return refused('The password is empty.');
        if (!(await customerExists(prisma, customer))) return refused(`There is no customer ${customer}.`);
        const passwordHash = await hashPassword(password);
        const made = await createUser(prisma, commandActor(), { customerId: customer, username, passwordHash });
        if (made.kind === 'name_taken') return refused(`There is a user ${username} already; usernames are unique.`);
        return done(
          { cdcu_id: integer(made.userId), cdcs_id: integer(customer), username },
          `User ${username} of customer ${customer} was made.`,
        );
      }),
    );
};
