/** What the type `package` needs of a package manager. */
import type { ResourceHost } from '../resource-host.ts';

export interface InstalledPackage {
  readonly version: string;
  /** Whether this is what a person calls `wanted`. */
  is(wanted: string): boolean;
}

/** All of it acts below the host's root, or throws. */
export interface PackageManager {
  /** Undefined if it is not installed. Throws if that cannot be found out. */
  installed(name: string, host: ResourceHost): Promise<InstalledPackage | undefined>;
  /** What an installed package would be upgraded to; undefined if nothing newer is known. */
  newer(name: string, present: InstalledPackage, host: ResourceHost): Promise<string | undefined>;
  /** Also brings a package that is there to this version, up or down, or to the newest. */
  install(name: string, version: string | undefined, host: ResourceHost): Promise<void>;
  remove(name: string, host: ResourceHost): Promise<void>;
}

/** Milliseconds: a large package over a slow line, and the scripts in it. */
export const INSTALL_TIMEOUT_MS = 15 * 60_000;
