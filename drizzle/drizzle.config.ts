import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'sqlite', schema: './src/shell/store/schema.ts', out: './drizzle' });
