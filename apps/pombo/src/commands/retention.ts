import { writeAudit } from '@pombo/db/audit.ts';
import { dropOldPartitions, type LogPartition, listPartitions, readPartitionLines } from '@pombo/db/retention.ts';
import { InvalidArgumentError } from 'commander';
import { type Answer, done, integer, moment, refused, table } from '../answer.ts';
import { commandActor } from '../command-actor.ts';
import { type AddCommands, text } from '../command-line.ts';
import { writeArchive } from '../retention/archive-file.ts';
import type { Workbench } from '../workbench.ts';

interface RunOptions {
  days: number;
  archive?: string;
}

export const addRetention: AddCommands = (program, { operate }) => {
  const retention = program.command('retention').description('how long messages are kept');
  retention
    .command('status')
    .description('the partitions of the log, and why each is still there')
    .option('--days <number>', 'which of them would go if messages were kept so long', days)
    .action(operate(({ database }, options: { days?: number }) => status(database, options.days ?? null)));
  retention
    .command('run')
    .description('delete messages that are too old, as workers with RETENTION_DAYS do')
    .requiredOption('--days <number>', 'how long messages are kept', days)
    .option('--archive <folder>', 'write them into files there before they are deleted', text)
    .action(operate((workbench, options: RunOptions) => run(workbench, options)));
};

/** What each standing means, for people. `over` without days says nothing, and does not occur. */
const meanings = {
  open: 'new messages go there',
  young: 'not old enough',
  unfinished: 'a message is not finished',
  over: 'may go',
} as const satisfies Record<LogPartition['standing'], string>;

async function status(database: Workbench['database'], keptDays: number | null): Promise<Answer> {
  const partitions = await listPartitions(database, keptDays);
  const rows = partitions.map((row) => [
    rangeOf(row),
    moment(row.oldestAt),
    moment(row.newestAt),
    `${(row.bytes / 1e6).toFixed(1)} MB`,
    keptDays === null && row.standing === 'young' ? 'kept' : meanings[row.standing],
  ]);
  return done(
    partitions.map(partitionJson),
    table(['messages', 'first', 'last', 'on disk', 'why'], rows, 'There is no partition: run `npx pombo migrate`.'),
  );
}

async function run({ database, prisma }: Workbench, { days: keptDays, archive }: RunOptions): Promise<Answer> {
  const dropped: LogPartition[] = [];
  const files: string[] = [];
  const end = await dropOldPartitions({
    database,
    days: keptDays,
    archive:
      archive === undefined
        ? null
        : async (partition) => {
            const name = `messages-${rangeOf(partition).replaceAll(' ', '-')}`;
            files.push(await writeArchive(archive, name, readPartitionLines(database, partition)));
          },
    onDropped: async (partition) => {
      dropped.push(partition);
      await writeAudit(prisma, commandActor(), { action: 'delete messages', object: rangeOf(partition) });
    },
    random: Math.random,
  });
  const json = { dropped: dropped.map(partitionJson), files };
  if (end === 'busy') return refused('Another process deletes old messages just now.', json);
  if (end === 'log_in_use') {
    return refused('Somebody reads the log for long (a backup?), so not everything old is deleted. Try again.', json);
  }
  const said = dropped.map((partition) => `Deleted: messages ${rangeOf(partition)}.`);
  const kept = files.map((file) => `Archive: ${file}`);
  return done(json, [...kept, ...said].join('\n') || `No partition is older than ${keptDays} days.`);
}

function rangeOf({ firstId, nextId }: LogPartition): string {
  return `${firstId} to ${BigInt(nextId) - 1n}`;
}

function partitionJson(row: LogPartition): object {
  return {
    first_cdls_id: integer(row.firstId),
    last_cdls_id: integer(row.nextId) - 1,
    standing: row.standing,
    oldest_at: row.oldestAt,
    newest_at: row.newestAt,
    bytes: row.bytes,
  };
}

function days(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value < 1 || value > 36_500) {
    throw new InvalidArgumentError('It is a whole number of days, at least 1.');
  }
  return value;
}
