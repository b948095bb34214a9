/** Ids of runs as agents make them, without asking for random bytes each time. */

/** UUIDs of version 7, all different: the time in front, so that a database sorts them as they happened. */
export function createRunIds(): () => string {
  let made = 0;
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const someDigits = () => hex(Math.floor(Math.random() * 0x1000), 3);
  return () => {
    const time = hex(Date.now(), 12);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${someDigits()}-a${someDigits()}-${hex(made++, 12)}`;
  };
}
