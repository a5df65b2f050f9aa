import { BlockList, isIP } from 'node:net';
import { unbanAddress } from '@pombo/db/addresses.ts';
import { customerExists } from '@pombo/db/customers.ts';
import { allowNetwork, listNetworks } from '@pombo/db/networks.ts';
import { InvalidArgumentError } from 'commander';
import { done, integer, refused } from '../answer.ts';
import { commandActor } from '../command-actor.ts';
import { type AddCommands, rowNumber } from '../command-line.ts';

export const addIp: AddCommands = (program, { operate }) => {
  const ip = program.command('ip').description('addresses: who may call, and bans');
  ip.command('allow')
    .argument('<network>', 'an address, or a network such as 10.0.0.0/8', network)
    .description("let a customer's calls come from this address or network; the first one shuts out all others")
    .requiredOption('--customer <id>', 'whose', rowNumber)
    .action(
      operate(async ({ prisma }, given: string, { customer }: { customer: string }) => {
        if (!(await customerExists(prisma, customer))) return refused(`There is no customer ${customer}.`);
        await allowNetwork(prisma, commandActor(), customer, given);
        const networks = await listNetworks(prisma, customer);
        return done(
          { cdcs_id: integer(customer), networks },
          `Customer ${customer} may call from: ${networks.join(', ')}`,
        );
      }),
    );
  ip.command('unblock <address>')
    .description('lift a ban, and forget the failures of that address')
    .action(
      operate(async ({ prisma }, address: string) => {
        if (isIP(address) === 0) return refused(`${address} is no IP address.`);
        const banned = await unbanAddress(prisma, commandActor(), address);
        const said = banned ? `The ban of ${address} is lifted.` : `${address} had no ban; its failures are forgotten.`;
        return done({ address, was_banned: banned }, said);
      }),
    );
};

function network(text: string): string {
  const [address = '', prefix, ...rest] = text.split('/');
  try {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0 || rest.length > 0 || prefix === '') throw new Error('no network');
    new BlockList().addSubnet(address, prefix === undefined ? 0 : Number(prefix), family);
    return text;
  } catch {
    throw new InvalidArgumentError(`${text} is no address and no network such as 10.0.0.0/8.`);
  }
}
