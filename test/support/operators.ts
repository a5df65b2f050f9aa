import { createOperator } from '@pombo/db/operators.ts';
import { hashPassword } from '@pombo/db/password.ts';
import type { Prisma } from '@pombo/db/prisma.ts';
import type { Role } from '@pombo/domain/authorise.ts';
import type { Page } from 'playwright-core';
import { testActor } from './test-actor.ts';

/** Of every operator a test makes. */
export const testPassword = 'correio é pombo';

export async function addOperator(prisma: Prisma, name: string, role: Role = 'viewer'): Promise<void> {
  const passwordHash = await hashPassword(testPassword);
  const made = await createOperator(prisma, testActor, { name, role, passwordHash });
  if (made !== 'created') throw new Error(`there is an operator ${name} already`);
}

/** Fills the form as a person does. Resolves when the page that follows is there. */
export async function fillSignIn(page: Page, name: string, password = testPassword): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Sign in' }).click()]);
}
