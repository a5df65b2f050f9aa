import { isIP } from 'node:net';
import type { Form } from './setting-kinds.ts';

/** 32 bytes in base64 are always 43 characters and one `=`; the last character carries only four bits. */
const key32 = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

export const sealKeys: Form = {
  is: 'a comma-separated list of base64 keys of exactly 32 bytes (openssl rand -base64 32 makes one)',
  fits: (text) => key32.test(text),
};

const networkWords: readonly string[] = ['loopback', 'linklocal', 'uniquelocal'];

export const proxies: Form = {
  is: 'a comma-separated list of addresses, networks such as 10.0.0.0/8, or the words loopback, linklocal, uniquelocal',
  fits: (text) => networkWords.includes(text) || isNetwork(text),
};

export const sentinels: Form = {
  is: 'a comma-separated list of sentinels, each as host:port',
  fits: (text) => /^([\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/i.test(text) && isPort(text.slice(text.lastIndexOf(':') + 1)),
};

export const graphVersion: Form = {
  is: 'a version such as v26.0',
  fits: (text) => /^v\d+\.\d+$/.test(text),
};

export const simulatedLatency: Form = {
  is: 'meta, none, or a whole number of milliseconds up to 999999',
  fits: (text) => text === 'meta' || text === 'none' || /^\d{1,6}$/.test(text),
};

function isPort(digits: string): boolean {
  return Number(digits) >= 1 && Number(digits) <= 65_535;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}
