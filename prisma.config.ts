import { defineConfig } from 'prisma/config';

// For Prisma's own tools. Pombo itself migrates with `npx pombo migrate`, which needs no engine of theirs.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
