import dns from 'node:dns';
import { existsSync } from 'node:fs';

/**
 * Loaded into a process before its own code (`node --import 'file:///…/graph-name.mjs?knownWhile=<file>'`): the name
 * `localhost` is known only while that file exists. Otherwise the system is asked for a name nobody can have, and its
 * own failure is what the process sees.
 */
const file = new URL(import.meta.url).searchParams.get('knownWhile') ?? '';
const lookup = dns.lookup;
dns.lookup = (name, ...rest) => {
  const gone = name === 'localhost' && !existsSync(file);
  return lookup(gone ? 'graph..invalid' : name, ...rest);
};
