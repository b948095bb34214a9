/** What a server that has the fleet's CA gives to machines that are to become envoys: made of the files that it runs from itself. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HttpLayer } from '../platform/http-json.ts';
import { type AgentProgram, packAgentProgram } from '../web/bootstrap/agent-program.ts';
import { type BootstrapRoutesOptions, createBootstrapRoutes } from '../web/bootstrap/bootstrap-routes.ts';

const TEMPLATE = 'ops/bootstrap/bootstrap.sh';

export interface BootstrapOptions extends Omit<BootstrapRoutesOptions, 'program' | 'template'> {
  /** Of the program that runs. */
  readonly version: string;
  /** The folder of package.json: in a clone and in an installed package alike. */
  readonly programRoot: string;
}

export function openBootstrap({ version, programRoot, ...options }: BootstrapOptions): HttpLayer {
  let program: Promise<AgentProgram> | undefined;
  return createBootstrapRoutes({
    ...options,
    program() {
      // Once, for everybody; who has failed may try again when what was wrong is put right.
      program ??= packAgentProgram(programRoot, version).catch((error: unknown) => {
        program = undefined;
        throw error;
      });
      return program;
    },
    template: () => readFile(join(programRoot, TEMPLATE), 'utf8'),
  });
}
