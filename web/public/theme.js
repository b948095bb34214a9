// Sets the chosen theme before anything is painted. A file of its own, because the page allows no inline scripts.
try {
  const theme = localStorage.getItem('vigo.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; then the system decides.
}
