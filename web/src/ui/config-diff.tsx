/** What differs between two versions, file by file. */
import { useQuery } from '@connectrpc/connect-query';
import { AdminService, type DiffConfigResponse, type FileDiff } from '../../../src/gen/vigo/v1/admin_pb.js';
import { diffLines } from '../lib/diff-lines.ts';
import { count, counted } from '../lib/numbers.ts';
import { changeWord } from '../lib/words.ts';
import './config-diff.css';
import { Empty } from './empty.tsx';
import { Icon } from './icon.tsx';
import { Queried } from './queried.tsx';
import { StateLabel } from './state-label.tsx';

export interface ConfigDiffProps {
  /** The older version; empty for the empty tree. */
  readonly from: string;
  /** The newer version; empty for the fleet's. */
  readonly to: string;
}

export function ConfigDiff({ from, to }: ConfigDiffProps) {
  const query = useQuery(AdminService.method.diffConfig, { from, to });
  return (
    <Queried query={query} what="The difference cannot be shown">
      {(diff) => <Files diff={diff} />}
    </Queried>
  );
}

function Files({ diff: { files, filesChanged } }: { readonly diff: DiffConfigResponse }) {
  if (filesChanged === 0) {
    return (
      <Empty icon="check" title="No difference">
        <p>Both versions have the same files.</p>
      </Empty>
    );
  }
  return (
    <div className="diff">
      <p className="secondary">
        {counted(filesChanged, 'file')}
        {files.length < filesChanged && `, of which the first ${count(files.length)} are shown`}
      </p>
      {files.map((file) => (
        <File key={file.path} file={file} />
      ))}
    </div>
  );
}

function File({ file }: { readonly file: FileDiff }) {
  const { path, change, addedLines, removedLines, hidden } = file;
  return (
    <details className="diff-file" open>
      <summary>
        <Icon name="chevron" />
        <span className="mono">{path}</span>
        <StateLabel state={changeWord(change)} />
        <span className="diff-count">
          <span className="tone-good">+{count(addedLines)}</span>{' '}
          <span className="tone-bad">−{count(removedLines)}</span>
        </span>
      </summary>
      {hidden ? (
        <p className="diff-hidden">
          {hidden === 'binary' ? 'Not text: the content is not shown.' : 'Too large to be shown here.'}
        </p>
      ) : (
        <Lines file={file} />
      )}
    </details>
  );
}

const SIGNS = { added: '+', removed: '−', same: ' ', hunk: '', note: '' } as const;

function Lines({ file }: { readonly file: FileDiff }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="diff-scroll" aria-label={file.path} tabIndex={0}>
      <pre className="diff-lines">
        {diffLines(file.unified).map(({ kind, text, before, after }, i) => (
          <span key={`${i} ${before} ${after}`} className={`diff-line diff-${kind}`}>
            <span className="diff-number" aria-hidden="true">
              {before ?? ''}
            </span>
            <span className="diff-number" aria-hidden="true">
              {after ?? ''}
            </span>
            <span className="diff-sign">{SIGNS[kind]}</span>
            {`${text}\n`}
          </span>
        ))}
      </pre>
    </section>
  );
}
