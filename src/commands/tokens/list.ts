/** vigocli tokens list */
import { HubCommand } from '../../cli/hub-command.ts';
import { type EnrollmentTokenJson, enrollmentTokenJson } from '../../cli/json/token.ts';
import { renderTable } from '../../cli/render/table.ts';
import type { Column } from '../../cli/render/table-layout.ts';
import { relative } from '../../cli/render/time.ts';
import { systemClock } from '../../platform/clock.ts';

interface TokensJson {
  /** Newest first. */
  readonly tokens: readonly EnrollmentTokenJson[];
}

export default class TokensList extends HubCommand<TokensJson> {
  static override summary = 'List the enrolment tokens, without their secrets.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<TokensJson> {
    const { flags } = await this.parse(TokensList);
    const hub = await this.connect(flags);
    const { tokens } = await hub.call((admin) => admin.listEnrollmentTokens({}));
    const result = { tokens: tokens.map(enrollmentTokenJson) };
    const { columns: width, style } = this.terminal;
    this.print(
      tokens.length === 0 ? 'no tokens' : renderTable(columnsAt(systemClock.now()), result.tokens, { width, style }),
    );
    return result;
  }
}

function columnsAt(now: number): Column<EnrollmentTokenJson>[] {
  return [
    { title: 'ID', value: (token) => token.id, expendable: 0 },
    { title: 'LEFT', value: (token) => `${token.usesLeft}/${token.uses}`, align: 'right', expendable: 1 },
    { title: 'STATE', value: (token) => stateOf(token, now), expendable: 1 },
    { title: 'EXPIRES', value: (token) => relative(token.expiresAt, now), expendable: 2 },
    { title: 'BY', value: (token) => token.createdBy ?? '-', expendable: 4, min: 6 },
    { title: 'COMMENT', value: (token) => token.comment ?? '', expendable: 3, min: 10 },
  ];
}

function stateOf(token: EnrollmentTokenJson, now: number): string {
  if (token.revokedAt !== null) return 'revoked';
  if (token.usesLeft === 0) return 'used up';
  return token.expiresAt !== null && Date.parse(token.expiresAt) <= now ? 'expired' : 'usable';
}
