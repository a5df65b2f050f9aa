import { readFile } from 'node:fs/promises';
import { Refusal } from '../refusal.ts';

/** Whom PostgreSQL runs as; null: as we do. */
export interface OrdinaryUser {
  uid: number;
  gid: number;
  name: string;
}

/** PostgreSQL refuses to be root, so root lets it be somebody who is on the machine already. Nobody is created. */
export async function chooseOrdinaryUser(): Promise<OrdinaryUser | null> {
  if (process.getuid?.() !== 0) return null;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const found = users.find(([name]) => name === wanted);
    if (found) return { uid: Number(found[2]), gid: Number(found[3]), name: wanted };
  }
  throw new Refusal(
    'PostgreSQL refuses to run as root, and this machine has no user postgres or nobody. Start as an ordinary user, or name a PostgreSQL of your own in DATABASE_URL.',
  );
}
