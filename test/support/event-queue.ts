/** What happens next on simulated time: a binary heap by time; of two at the same time, in no order. */
export interface DueEvent<T> {
  readonly at: number;
  readonly value: T;
}

export interface EventQueue<T> {
  add(at: number, value: T): void;
  next(): DueEvent<T> | undefined;
}

export function createEventQueue<T>(): EventQueue<T> {
  const heap: DueEvent<T>[] = [];
  const timeAt = (place: number): number => heap[place]?.at ?? Number.POSITIVE_INFINITY;
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b] as DueEvent<T>, heap[a] as DueEvent<T>];
  };
  return {
    add(at, value) {
      let place = heap.push({ at, value }) - 1;
      for (let parent = (place - 1) >> 1; place > 0 && timeAt(parent) > at; parent = (place - 1) >> 1) {
        swap(place, parent);
        place = parent;
      }
    },
    next() {
      const first = heap[0];
      const last = heap.pop();
      if (!first || !last || heap.length === 0) return first;
      heap[0] = last;
      for (let place = 0; ; ) {
        const left = 2 * place + 1;
        const child = timeAt(left + 1) < timeAt(left) ? left + 1 : left;
        if (timeAt(child) >= timeAt(place)) return first;
        swap(place, child);
        place = child;
      }
    },
  };
}
