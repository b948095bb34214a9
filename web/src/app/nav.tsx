/** The way to all pages. */
import { Link, useLocation } from 'wouter';
import { Icon, type IconName } from '../ui/icon.tsx';
import { PAGES } from './pages.ts';

interface NavItem {
  readonly href: string;
  readonly name: string;
  readonly icon: IconName;
  /** Also the page above those whose addresses begin so. */
  readonly above: readonly string[];
  readonly load: () => Promise<unknown>;
}

const ITEMS: readonly NavItem[] = [
  { href: '/', name: 'Overview', icon: 'overview', above: [], load: PAGES.overview },
  { href: '/envoys', name: 'Envoys', icon: 'envoys', above: ['/envoys/', '/runs/'], load: PAGES.envoys },
  { href: '/spanner', name: 'Spanner', icon: 'spanner', above: ['/spanner/spokes/'], load: PAGES.spanner },
  { href: '/spanner/moves', name: 'Moves', icon: 'moves', above: ['/spanner/moves/'], load: PAGES.moves },
  { href: '/config', name: 'Config', icon: 'config', above: [], load: PAGES.config },
  { href: '/audit', name: 'Audit', icon: 'log', above: [], load: PAGES.audit },
  { href: '/settings', name: 'Settings', icon: 'settings', above: [], load: PAGES.settings },
];

export function Nav({ onChoose }: { readonly onChoose: () => void }) {
  const [path] = useLocation();
  return (
    <nav className="nav" aria-label="Pages" id="pages">
      {ITEMS.map(({ href, name, icon, above, load }) => {
        const here = path === href ? 'page' : above.some((start) => path.startsWith(start)) ? 'true' : undefined;
        return (
          <Link
            key={href}
            href={href}
            className="nav-link"
            aria-current={here}
            onClick={onChoose}
            // What is pointed at is likely to be opened.
            onPointerEnter={() => void load().catch(() => {})}
          >
            <Icon name={icon} />
            {name}
          </Link>
        );
      })}
    </nav>
  );
}
