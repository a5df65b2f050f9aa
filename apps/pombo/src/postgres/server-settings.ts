/** What differs from PostgreSQL's own defaults in the server that `npm start` runs, and in the one that benches measure with. */
export const serverSettings = {
  listen_addresses: '127.0.0.1',
  // TCP only: a socket's path may be no longer than about 100 characters, and a clone may lie deeper.
  unix_socket_directories: '',
  max_connections: '200',
  // A list looks into every partition of the log, and locks each with all its indexes.
  max_locks_per_transaction: '256',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  wal_compression: 'on',
  synchronous_commit: 'on',
} as const;
