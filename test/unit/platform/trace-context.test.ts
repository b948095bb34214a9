/** The headers by which a trace is carried on. */
import { expect } from 'chai';
import { childOf, formatTraceParent, parseTraceContext } from '../../../src/server/platform/tracing/trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('trace context', () => {
  it('is read and written', () => {
    const header = `00-${TRACE}-${SPAN}-01`;
    const context = parseTraceContext(header, 'vendor=1');
    expect(context).to.deep.equal({ traceId: TRACE, spanId: SPAN, sampled: true, state: 'vendor=1' });
    expect(context && formatTraceParent(context)).to.equal(header);
    expect(parseTraceContext(`00-${TRACE}-${SPAN}-00`, null)).to.deep.include({ sampled: false, state: '' });
    expect(parseTraceContext(`cc-${TRACE}-${SPAN}-01-later`, 'x'.repeat(600))).to.deep.include({
      spanId: SPAN,
      state: '',
    });
  });

  for (const bad of [
    '',
    'nonsense',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
  ]) {
    it(`begins anew after "${bad}"`, () => {
      expect(parseTraceContext(bad, null)).to.equal(undefined);
    });
  }

  it('goes on with a new span in the same trace, or begins one', () => {
    const parent = { traceId: TRACE, spanId: SPAN, sampled: false, state: 'a=b' };
    const child = childOf(parent);
    expect(child).to.deep.equal({ ...parent, spanId: child.spanId });
    expect(child.spanId)
      .to.match(/^[0-9a-f]{16}$/)
      .and.not.equal(SPAN);
    const first = childOf(undefined);
    expect(first.traceId).to.match(/^[0-9a-f]{32}$/);
    expect(first.sampled).to.equal(true);
  });
});
