import { createCustomer, setCustomerActive, setTokensBlocked } from '@pombo/db/customers.ts';
import { done, integer, refused } from '../answer.ts';
import { commandActor } from '../command-actor.ts';
import { type AddCommands, rowNumber, text } from '../command-line.ts';
import type { Workbench } from '../workbench.ts';

export const addCustomer: AddCommands = (program, { operate }) => {
  const customer = program.command('customer').description('customers: who has an account');
  customer
    .command('create')
    .description('make a customer')
    .requiredOption('--name <name>', 'what to call it', text)
    .action(
      operate(async ({ prisma }, { name }: { name: string }) => {
        const id = await createCustomer(prisma, commandActor(), name);
        return done({ cdcs_id: integer(id) }, `Customer ${id} (${name}) was made.`);
      }),
    );
  customer
    .command('block')
    .argument('<customer>', 'its number', rowNumber)
    .description('refuse everything this customer sends, within a second; what was accepted waits')
    .action(operate((workbench, id: string) => setActive(workbench, id, false)));
  customer
    .command('unblock')
    .argument('<customer>', 'its number', rowNumber)
    .description('let a blocked customer in again')
    .action(operate((workbench, id: string) => setActive(workbench, id, true)));
  customer
    .command('block-tokens')
    .argument('<customer>', 'its number', rowNumber)
    .description('refuse all its credentials (198), within a second; what was accepted is still sent')
    .action(operate((workbench, id: string) => setBlocked(workbench, id, true)));
  customer
    .command('unblock-tokens')
    .argument('<customer>', 'its number', rowNumber)
    .description('let its credentials count again')
    .action(operate((workbench, id: string) => setBlocked(workbench, id, false)));
};

async function setBlocked({ prisma }: Workbench, id: string, blocked: boolean) {
  if (!(await setTokensBlocked(prisma, commandActor(), id, blocked))) return refused(`There is no customer ${id}.`);
  const word = blocked ? 'blocked' : 'usable again';
  return done({ cdcs_id: integer(id), tokens_blocked: blocked }, `The tokens of customer ${id} are ${word}.`);
}

async function setActive({ prisma }: Workbench, id: string, active: boolean) {
  if (!(await setCustomerActive(prisma, commandActor(), id, active))) return refused(`There is no customer ${id}.`);
  return done({ cdcs_id: integer(id), active }, `Customer ${id} is ${active ? 'active again' : 'blocked'}.`);
}
