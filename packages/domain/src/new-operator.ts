const mostNameCharacters = 64;
const fewestPasswordCharacters = 12;
/** Nobody types more, and hashing it takes time. */
const mostPasswordCharacters = 256;

/** What is wrong with a name for an operator, in a sentence; null: nothing. */
export function faultOfOperatorName(name: string): string | null {
  if (name.length <= mostNameCharacters && /^[\p{L}\p{N}][\p{L}\p{N}._@+-]*$/u.test(name)) return null;
  return `A name is at most ${mostNameCharacters} letters, digits and . _ @ + -, and begins with a letter or digit.`;
}

/** What is wrong with a password for an operator, in a sentence; null: nothing. Length is what makes guessing hopeless. */
export function faultOfOperatorPassword(password: string): string | null {
  const { length } = [...password];
  if (length < fewestPasswordCharacters) return `The password has fewer than ${fewestPasswordCharacters} characters.`;
  return length > mostPasswordCharacters ? `The password has more than ${mostPasswordCharacters} characters.` : null;
}
