export const roles = ['viewer', 'operator', 'admin'] as const;

/** What an operator is. */
export type Role = (typeof roles)[number];

/** `view`: look at everything. `operate`: act on lines, messages and campaigns. `administer`: accounts, keys, operators. */
export type Right = 'view' | 'operate' | 'administer';

const rights = {
  viewer: ['view'],
  operator: ['view', 'operate'],
  admin: ['view', 'operate', 'administer'],
} as const satisfies Record<Role, readonly Right[]>;

/** Whether somebody of this role may do this. */
export function authorise(role: Role, right: Right): boolean {
  const allowed: readonly Right[] = rights[role];
  return allowed.includes(right);
}
