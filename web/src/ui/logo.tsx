/** The mark: a hub and three spokes. */
export function Logo() {
  return (
    <svg className="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="currentColor" />
      <path
        d="M12 12 6.2 6.2M12 12l5.8-5.8M12 12v6.6"
        fill="none"
        stroke="#fff"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
      <g fill="#fff">
        <circle cx="12" cy="12" r="3" />
        <circle cx="5.8" cy="5.8" r="1.9" />
        <circle cx="18.2" cy="5.8" r="1.9" />
        <circle cx="12" cy="18.8" r="1.9" />
      </g>
    </svg>
  );
}
