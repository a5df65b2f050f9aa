import { type MemberReader, psid } from '../parameters/member-readers.ts';

const maxDests = 10_000;
/** As many of the longest, with quotes and commas and some room for spaces. */
export const maxDestsBodyBytes = 1024 * 1024;

/** PSIDs, each once. */
export const dests: MemberReader<string[]> = (given) => {
  if (!Array.isArray(given) || given.length < 1 || given.length > maxDests)
    return { must: `an array of 1 to ${maxDests} PSIDs` };
  const readings = given.map(psid);
  const wrongAt = readings.findIndex((reading) => 'must' in reading);
  if (wrongAt >= 0) return { must: `an array of PSIDs, 1 to 64 digits each; that at index ${wrongAt} is none` };
  return { value: [...new Set(readings.flatMap((reading) => ('value' in reading ? [reading.value] : [])))] };
};
