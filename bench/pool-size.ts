import { settings } from '@pombo/config/settings.ts';

/** Connections to PostgreSQL per process: what ours have unless told otherwise, and therefore what the baselines have. */
export const poolSize = settings.databasePoolSize.default;
