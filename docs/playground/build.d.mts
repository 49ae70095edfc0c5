import type { Server } from 'node:http';

export function buildPlayground(folder?: string): Promise<string>;
export function serve(folder: string, port?: number): Promise<Server>;
