/**
 * The vendor's public key that this build trusts, Ed25519.
 *
 * The private half of the key below was thrown away when it was made, so nothing can be licensed under it. A release
 * replaces the PEM with the vendor's own `vendor.pub` (`vigocli license keygen`); this is the only place that holds it.
 */
export const BUILT_IN_VENDOR_KEY = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEACAoDVv3R5ooeQM5PXpkNkT7z2q3cG/8iIgp2ocPe+MA=
-----END PUBLIC KEY-----
`;
