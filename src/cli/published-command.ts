/** What `config publish` and `config rollback` share: how it went, for people and as JSON. */
import { messageOf, VigoError } from '../fleet/errors.ts';
import type { PublishedConfig } from '../gen/vigo/v1/admin_pb.js';
import { HubCommand } from './hub-command.ts';
import { type PublishedJson, publishedJson } from './json/config.ts';
import { renderPublished } from './render/config.ts';

export abstract class PublishedCommand extends HubCommand<PublishedJson> {
  /** One line a spoke; warnings for those that do not have it, which is no failure: they get it when they answer again. */
  protected report(published: PublishedConfig): PublishedJson {
    const result = publishedJson(published);
    const { columns: width, style } = this.terminal;
    this.print(renderPublished(result, { width, style }));
    for (const { spoke, message } of result.warnings)
      this.printWarning(`${spoke} does not have the version yet: ${message}`);
    return result;
  }

  /** Nobody knows whether an order arrived whose answer did not. */
  protected async order<R>(call: () => Promise<R>): Promise<R> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof VigoError) || !['UNREACHABLE', 'TIMEOUT'].includes(error.code)) throw error;
      const message = `${messageOf(error)}. It may be published all the same: look at vigocli config status`;
      throw new VigoError(error.code, message, { cause: error });
    }
  }
}
