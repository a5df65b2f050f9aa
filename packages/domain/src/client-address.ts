import { isIP, isIPv4, SocketAddress } from 'node:net';

/**
 * One spelling per address, so that it is counted and banned as one: IPv4 inside IPv6 becomes IPv4, IPv6 is written
 * short. A proxy may add a port or send nonsense; nonsense is `null`.
 */
export function normalAddress(said: string): string | null {
  if (isIPv4(said)) return said;
  const bare = withoutZone(withoutPort(said.trim()));
  if (isIPv4(bare)) return bare;
  if (isIP(bare) !== 6) return null;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped) return mapped;
  const short = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(short)?.[1] ?? short;
}

/** The first of what was said of a client that is an address. Whoever hangs up at once has none any more. */
export function clientAddress(...said: readonly (string | undefined)[]): string {
  const addresses = said.map((each) => normalAddress(each ?? ''));
  return addresses.find((address) => address !== null) ?? '0.0.0.0';
}

function withoutPort(text: string): string {
  const bracketed = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1];
  return bracketed ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
}

function withoutZone(text: string): string {
  return text.split('%', 1)[0] ?? '';
}
