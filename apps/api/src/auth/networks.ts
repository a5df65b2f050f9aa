import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** A set of addresses. */
export interface Networks {
  has(address: string): boolean;
}

const words: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/**
 * Addresses, networks such as `10.0.0.0/8` and the words of TRUST_PROXY as one set. What cannot be read is no member:
 * in an allow-list that shuts out, which is the safe mistake.
 */
export function networksOf(entries: readonly string[]): Networks {
  const list = new BlockList();
  for (const entry of entries.flatMap((text) => words[text] ?? [text])) addEntry(list, entry.trim());
  return { has: (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4') };
}

function addEntry(list: BlockList, entry: string): void {
  const [address = '', prefix] = entry.split('/', 2);
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null;
  if (!family) return;
  const widest = family === 'ipv4' ? 32 : 128;
  const length = prefix === undefined ? widest : Number(prefix);
  if (Number.isInteger(length) && length >= 0 && length <= widest) list.addSubnet(address, length, family);
}
