import { sync1 } from './sync-1.ts';

/** Every benchmark by the name it is asked for: `npm run bench -- sync-1`. Without a name all of them run. */
const benches = { 'sync-1': sync1 } as const satisfies Record<string, () => Promise<void>>;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length === 0 || asked.includes(name)) await bench();
}
process.exit(0);
