/** Commands that a page names, in its blocks and between backticks, which the program does not have in this form. */
import commands from '../../unit/cli/commands.snapshot.json' with { type: 'json' };

const TYPED = /(?:^|[\s;|(`])vigocli ([a-z][^\n`|)#]*)/g;

export function unknownCommands(text: string): string[] {
  return [...text.matchAll(TYPED)].flatMap(([, typed = '']) => {
    const words = typed.trim().split(/\s+/);
    const name = [2, 1].map((count) => words.slice(0, count).join(' ')).find((each) => Object.hasOwn(commands, each));
    if (name === undefined) return [`vigocli ${typed}`];
    const known = (commands as Record<string, { flags: string[] }>)[name]?.flags.map((flag) => flag.replace('!', ''));
    const flags = words.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
    return flags.every((flag) => known?.includes(flag)) ? [] : [`vigocli ${typed}`];
  });
}
