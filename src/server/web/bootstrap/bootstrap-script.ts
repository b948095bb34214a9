/** The script with which a machine becomes an envoy: `ops/bootstrap/bootstrap.sh`, filled in for one hub. */
import { VigoError } from '../../../fleet/errors.ts';

export interface ScriptValues {
  /** Origin of the hub's API, as tokens carry it. */
  readonly apiUrl: string;
  /** SHA-256 of the fleet CA's certificate, hex. */
  readonly caDigest: string;
  /** One or more certificates. */
  readonly caPem: string;
  readonly version: string;
  /** SHA-256 of the agent's program, hex. */
  readonly packageDigest: string;
  readonly packageKib: number;
}

/** What may stand in the script: nothing in it ends a quoted word, or the text of certificates. */
const SHAPES: Record<keyof ScriptValues, RegExp> = {
  apiUrl: /^https:\/\/[A-Za-z0-9.:[\]-]+$/,
  caDigest: /^[0-9a-f]{64}$/,
  caPem: /^(?:-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n?)+$/,
  version: /^[A-Za-z0-9.+-]+$/,
  packageDigest: /^[0-9a-f]{64}$/,
  packageKib: /^\d+$/,
};

/** "API_URL" → apiUrl */
const keyOf = (name: string) => name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** Throws INTERNAL for a value that could mean something to a shell, and for a name that is not known. */
export function bootstrapScript(template: string, values: ScriptValues): string {
  return template.replace(/@([A-Z_]+)@/g, (_, name: string) => {
    const key = keyOf(name) as keyof ScriptValues;
    const value = String(values[key] ?? '')
      .replaceAll('\r', '')
      .trim();
    if (!SHAPES[key]?.test(value)) throw new VigoError('INTERNAL', `${name} cannot stand in the bootstrap script`);
    return value;
  });
}
