import { listAudit } from '@pombo/db/audit.ts';
import { listBans } from '@pombo/db/bans.ts';
import { type Customer, listCustomers } from '@pombo/db/customers.ts';
import { listLineReports } from '@pombo/db/line-report.ts';
import { listTokens, type TokenRow } from '@pombo/db/tokens.ts';
import { done, integer, moment, table } from '../answer.ts';
import { type AddCommands, rowNumber } from '../command-line.ts';
import { lineJson, linesTable } from './line-view.ts';

export const addList: AddCommands = (program, { operate }) => {
  const list = program.command('list').description('what there is');
  list.command('customers').action(
    operate(async ({ prisma }) => {
      const customers = await listCustomers(prisma);
      const json = customers.map((row) => ({
        cdcs_id: integer(row.customerId),
        name: row.name,
        active: row.active,
        tokens_blocked: row.tokensBlocked,
        created_at: row.createdAt,
      }));
      const rows = customers.map((row) => [row.customerId, row.name, customerState(row), moment(row.createdAt)]);
      return done(json, table(['customer', 'name', 'state', 'since'], rows, 'There is no customer yet.'));
    }),
  );
  list
    .command('lines')
    .option('--customer <id>', 'only of this one', rowNumber)
    .action(
      operate(async ({ database }, { customer }: { customer?: string }) => {
        const lines = await listLineReports(database, customer ?? null);
        return done(lines.map(lineJson), linesTable(lines));
      }),
    );
  list
    .command('tokens')
    .option('--customer <id>', 'only of this one', rowNumber)
    .action(
      operate(async ({ prisma }, { customer }: { customer?: string }) => {
        const tokens = await listTokens(prisma, customer ?? null);
        const json = tokens.map((row) => ({
          psid_id: integer(row.tokenId),
          cdcs_id: integer(row.customerId),
          name: row.name,
          may_send: row.maySend,
          created_at: row.createdAt,
          expires_at: row.expiresAt,
          revoked_at: row.revokedAt,
        }));
        const rows = tokens.map((row) => [
          row.tokenId,
          row.customerId,
          `${row.name}…`,
          tokenState(row),
          moment(row.createdAt),
        ]);
        return done(json, table(['token', 'customer', 'name', 'state', 'since'], rows, 'There is no token yet.'));
      }),
    );
  list.command('bans').action(
    operate(async ({ prisma }) => {
      const bans = await listBans(prisma);
      const json = bans.map(({ address, reason, createdAt }) => ({ address, reason, created_at: createdAt }));
      const rows = bans.map((row) => [row.address, row.reason, moment(row.createdAt)]);
      return done(json, table(['address', 'reason', 'since'], rows, 'No address is banned.'));
    }),
  );
  list
    .command('audit')
    .description('who did what, the latest first')
    .option('--limit <number>', 'at most so many', rowNumber, '100')
    .action(
      operate(async ({ prisma }, { limit }: { limit: string }) => {
        const entries = await listAudit(prisma, Number(limit));
        const json = entries.map((row) => ({
          at: row.at,
          who: row.who,
          origin: row.origin,
          action: row.action,
          object: row.object,
          how_many: row.howMany,
        }));
        const rows = entries.map((row) => [
          moment(row.at),
          row.who,
          row.origin,
          row.action,
          row.object ?? '-',
          String(row.howMany),
        ]);
        return done(json, table(['at', 'who', 'from', 'did', 'to', 'how many'], rows, 'Nothing was done yet.'));
      }),
    );
};

function customerState({ active, tokensBlocked }: Customer): string {
  if (!active) return 'blocked';
  return tokensBlocked ? 'tokens blocked' : 'active';
}

function tokenState({ revokedAt, maySend }: TokenRow): string {
  if (revokedAt !== null) return 'revoked';
  return maySend ? 'may send' : 'may look only';
}
