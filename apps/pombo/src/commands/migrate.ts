import { done } from '../answer.ts';
import type { AddCommands } from '../command-line.ts';

export const addMigrate: AddCommands = (program, { tell }) => {
  program
    .command('migrate')
    .description('bring the database up to date; safe to repeat and from several machines at once')
    .action(
      tell(async ({ connection }) => {
        const { databaseUrl, redisUrl } = await connection();
        const { migrateAll } = await import('../migrate-all.ts');
        const { applied } = await migrateAll(databaseUrl, redisUrl);
        return done(
          { applied },
          applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`,
        );
      }),
    );
};
