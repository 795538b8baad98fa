SET session_replication_role = replica;
DELETE FROM invitations;
INSERT INTO invitations ("uuid", "organization", "project", "email", "role", "inviter", "created", "expiration") VALUES
  ('019de369-e060-7684-bd88-2e26c14152b5', '019de368-f600-743d-bbb0-4ee942e8c579', NULL, 'guest@example.com', 'leader', '019de368-f600-7495-ba56-521801ce8ee7', '2026-05-01 12:01:00+00', '2026-05-08 12:01:00+00'),
  ('019de369-e060-7116-9cfa-cb59d8098608', NULL, '019de368-f600-72f7-9e52-ce877926b733', 'guest@example.com', 'viewer', '019de368-f600-7495-ba56-521801ce8ee7', '2026-05-01 12:01:00+00', '2026-05-08 12:01:00+00');
DELETE FROM organization_members;
INSERT INTO organization_members ("organization", "user", "role", "created", "modified") VALUES
  ('019de368-f600-7138-9953-85fd2cd993e1', '019de368-f600-734d-a840-4ff06069ff5c', 'leader', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-743d-bbb0-4ee942e8c579', '019de368-f600-7495-ba56-521801ce8ee7', 'leader', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-77b4-8656-f89e1c7b5f27', '019de368-f600-7495-ba56-521801ce8ee7', 'leader', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-73d4-80f4-b548e9d4db20', '019de368-f600-7495-ba56-521801ce8ee7', 'leader', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00');
DELETE FROM organizations;
INSERT INTO organizations ("uuid", "name", "slug", "created", "modified", "claimed") VALUES
  ('019de368-f600-7138-9953-85fd2cd993e1', 'Example', 'example', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-743d-bbb0-4ee942e8c579', 'p-324b3df6-4168-417f-aec9-6558ef903881', 'p-324b3df6-4168-417f-aec9-6558ef903881', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-77b4-8656-f89e1c7b5f27', 'p-29170af0-22fd-45c9-a172-f4445a803a4e', 'p-29170af0-22fd-45c9-a172-f4445a803a4e', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-73d4-80f4-b548e9d4db20', 'p-f31a588a-0bee-4b30-ab8d-75ddd39920e1', 'p-f31a588a-0bee-4b30-ab8d-75ddd39920e1', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00');
DELETE FROM project_key_calls;
INSERT INTO project_key_calls ("key", "day", "calls") VALUES
  ('019de368-f600-7101-b900-1203875ef969', '2026-05-01', '1'),
  ('019de368-f600-71d4-818e-4d4add547530', '2026-05-01', '2'),
  ('019de368-f600-757c-b541-f664de3decf1', '2026-05-01', '1');
DELETE FROM project_key_totals;
INSERT INTO project_key_totals ("project", "slot", "active", "revoked") VALUES
  ('019de368-f600-72f7-9e52-ce877926b733', '4', '1', '0'),
  ('019de368-f600-76b7-9a75-18ab340d1746', '4', '1', '0'),
  ('019de368-f600-761b-b597-78672e33d9d9', '4', '3', '1');
DELETE FROM project_key_uses;
INSERT INTO project_key_uses ("key", "last_used", "address") VALUES
  ('019de368-f600-7101-b900-1203875ef969', '2026-05-01 12:01:00+00', '127.0.0.1'),
  ('019de368-f600-71d4-818e-4d4add547530', '2026-05-01 12:01:00+00', '127.0.0.1'),
  ('019de368-f600-757c-b541-f664de3decf1', '2026-05-01 12:01:00+00', '127.0.0.1');
DELETE FROM project_keys;
INSERT INTO project_keys ("uuid", "project", "creator", "revoker", "name", "hash", "last_four", "creation", "expiration", "revoked") VALUES
  ('019de368-f600-71d4-818e-4d4add547530', '019de368-f600-761b-b597-78672e33d9d9', '019de368-f600-7495-ba56-521801ce8ee7', NULL, 'ci-main', E'\\x0f4020f9d43255324f67eddf234840a289c539e32ec7215397fe220f7708eefb', 'qQ1T', '2026-05-01 12:00:00+00', '2162-06-07 18:28:15+00', NULL),
  ('019de368-f600-7101-b900-1203875ef969', '019de368-f600-761b-b597-78672e33d9d9', '019de368-f600-75d8-b65e-bc4991e76711', NULL, 'Été €​ 🔑', E'\\x28aeb484c6dd062dc0bf386176259da39166a7f0499540b46f0434ca18274f37', 'Hl2F', '2026-05-01 12:00:00+00', '2026-07-30 12:00:00+00', NULL),
  ('019de368-f600-7370-ba85-dc3f5c0ee2e6', '019de368-f600-761b-b597-78672e33d9d9', '019de368-f600-7495-ba56-521801ce8ee7', NULL, 'expired', E'\\xf5b1f7508aceb4f979744ac749610b7144ef00cb1ab27338c293cfc711f688f2', 'zxs6', '2026-05-01 12:00:00+00', '2026-05-01 12:00:01+00', NULL),
  ('019de368-f600-77c6-a31b-0a86d68c7a0f', '019de368-f600-76b7-9a75-18ab340d1746', '019de368-f600-7495-ba56-521801ce8ee7', NULL, 'of a deleted project', E'\\xf05de61996ba6e2c100d32c51a1d2167350d68dd3a5b9657d3478b3313a73882', 'yG7v', '2026-05-01 12:00:00+00', '2162-06-07 18:28:15+00', NULL),
  ('019de368-f600-74ef-9bac-cd9253d9c404', '019de368-f600-761b-b597-78672e33d9d9', '019de368-f600-7495-ba56-521801ce8ee7', '019de368-f600-7495-ba56-521801ce8ee7', 'revoked', E'\\x7e52cfd4c3744ae1ac54b3646519e4fb528731d23f437285c067b3ee650c41f0', 'mxnX', '2026-05-01 12:00:00+00', '2162-06-07 18:28:15+00', '2026-05-01 12:01:00+00'),
  ('019de368-f600-757c-b541-f664de3decf1', '019de368-f600-72f7-9e52-ce877926b733', '019de368-f600-7495-ba56-521801ce8ee7', NULL, 'ci-renamed', E'\\x8369a19fa83fc934fa605fde4936c0a2963719ef820ea51d1099a21d8e92b4a2', 'IAlT', '2026-05-01 12:00:00+00', '2027-05-01 12:00:00+00', NULL);
DELETE FROM project_members;
INSERT INTO project_members ("project", "user", "role", "created", "modified") VALUES
  ('019de368-f600-76f6-a8cf-1412566673f5', '019de368-f600-734d-a840-4ff06069ff5c', 'maintainer', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-761b-b597-78672e33d9d9', '019de368-f600-7495-ba56-521801ce8ee7', 'maintainer', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-72f7-9e52-ce877926b733', '019de368-f600-7495-ba56-521801ce8ee7', 'maintainer', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-76b7-9a75-18ab340d1746', '019de368-f600-7495-ba56-521801ce8ee7', 'maintainer', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-743e-a08c-10ccfde40a0d', '019de368-f600-7495-ba56-521801ce8ee7', 'maintainer', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-761b-b597-78672e33d9d9', '019de368-f600-75d8-b65e-bc4991e76711', 'maintainer', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-761b-b597-78672e33d9d9', '019de368-f600-749e-8da5-6b1af2c31116', 'developer', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00'),
  ('019de368-f600-72f7-9e52-ce877926b733', '019de368-f600-748e-ba32-549585848d6f', 'viewer', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00');
DELETE FROM projects;
INSERT INTO projects ("uuid", "organization", "name", "slug", "url", "visibility", "created", "modified", "deleted") VALUES
  ('019de368-f600-76f6-a8cf-1412566673f5', '019de368-f600-7138-9953-85fd2cd993e1', 'Example', 'example', NULL, 'public', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', NULL),
  ('019de368-f600-761b-b597-78672e33d9d9', '019de368-f600-743d-bbb0-4ee942e8c579', 'p-324b3df6-4168-417f-aec9-6558ef903881', 'p-324b3df6-4168-417f-aec9-6558ef903881', NULL, 'public', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', NULL),
  ('019de368-f600-72f7-9e52-ce877926b733', '019de368-f600-77b4-8656-f89e1c7b5f27', 'p-29170af0-22fd-45c9-a172-f4445a803a4e', 'p-29170af0-22fd-45c9-a172-f4445a803a4e', NULL, 'private', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', NULL),
  ('019de368-f600-743e-a08c-10ccfde40a0d', '019de368-f600-743d-bbb0-4ee942e8c579', 'Zero​width', '0123456789abcdef0123456789abcdef', 'https://example.com/a?b#c', 'public', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', NULL),
  ('019de368-f600-76b7-9a75-18ab340d1746', '019de368-f600-73d4-80f4-b548e9d4db20', 'p-f31a588a-0bee-4b30-ab8d-75ddd39920e1', 'p-f31a588a-0bee-4b30-ab8d-75ddd39920e1', NULL, 'private', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', '2026-05-01 12:01:00+00');
DELETE FROM rate_counts;
INSERT INTO rate_counts ("bucket", "ends", "count") VALUES
  ('authentication 127.0.0.1', '2026-05-01 13:00:00+00', '1'),
  ('keys 019de368-f600-73a9-92ab-11ee56c46a0f', '2026-05-01 13:00:00+00', '1'),
  ('keys 019de368-f600-7495-ba56-521801ce8ee7', '2026-05-01 13:00:00+00', '7'),
  ('keys 019de368-f600-75d8-b65e-bc4991e76711', '2026-05-01 13:00:00+00', '1'),
  ('mails 019de368-f600-7262-a472-4f2f5dbbe31c', '2026-05-01 13:00:00+00', '1'),
  ('mails 019de368-f600-7495-ba56-521801ce8ee7', '2026-05-01 13:00:00+00', '2'),
  ('sign_in 127.0.0.1', '2026-05-01 13:00:00+00', '8');
DELETE FROM spent_tokens;
INSERT INTO spent_tokens ("hash", "expiration") VALUES
  (E'\\x9d727f45641f819569448099a797839841114a0c2c820b9b008949e17883ad13', '2026-05-01 12:30:00+00'),
  (E'\\x5a7a9bc7416c205b385c133abab6a02fe2a09d1bd36189986e6a5093162aa114', '2026-05-01 12:30:00+00'),
  (E'\\xe1e5163f82482a3e2e770d0e042b1e40167338a1783e2f0e0069e4508e789f1f', '2026-05-01 12:30:00+00'),
  (E'\\xde37944bc8e5dc9b1a49db26e8271c910ffee038a886bd188a612ee7f3e3c929', '2026-05-01 12:30:00+00'),
  (E'\\x43bf9e9753a33e3898441d026bdeb0e0ae78b06b5dccc3bd271e6a93417a2515', '2026-05-01 12:30:00+00'),
  (E'\\xad65df020babbda87c77218ba67c13a7a7c9994a97e2d401c9cce3018c09b8d1', '2026-05-01 12:30:00+00'),
  (E'\\x5ca0214f7973efb5181ea40fd32da256f12da1ce004e7c3d22062b41bf2ffbd1', '2026-05-01 12:31:00+00'),
  (E'\\xdd5c82efc217f3371b3c9c2e3f82ac9ed5854d7c3f384853865112b3f0fcd13d', '2026-05-31 12:01:00+00');
DELETE FROM user_keys;
INSERT INTO user_keys ("uuid", "user", "name", "hash", "last_four", "creation", "expiration", "revoked") VALUES
  ('019de368-f600-742b-9ead-62f0e6134835', '019de368-f600-7495-ba56-521801ce8ee7', 'my laptop', E'\\x2a11e0257cb63c4a6cef89a80d81c3d18849482c4bb3f92e7a8ba93d126f1a81', 'zFGa', '2026-05-01 12:00:00+00', '2162-06-07 18:28:15+00', NULL),
  ('019de368-f600-721d-b586-496d66e79309', '019de368-f600-7495-ba56-521801ce8ee7', 'old laptop', E'\\x223371cce6d30b6b950900551b6b85bf8b7980f00062d6a9eae18b98ea40834c', '7BXB', '2026-05-01 12:00:00+00', '2162-06-07 18:28:15+00', '2026-05-01 12:01:00+00'),
  ('019de368-f600-73e6-b3b3-1cbfcafe8464', '019de368-f600-73a9-92ab-11ee56c46a0f', 'locked', E'\\x56cb9b9f8b99d4b43d6abd8935f335457dd785136c403dc96e0cc900638c2c97', 'jVGr', '2026-05-01 12:00:00+00', '2162-06-07 18:28:15+00', '2026-05-01 12:01:00+00');
DELETE FROM users;
INSERT INTO users ("uuid", "name", "slug", "email", "email_since", "admin", "locked", "created", "modified", "confirmed", "new_email") VALUES
  ('019de368-f600-734d-a840-4ff06069ff5c', 'Owner', 'owner', 'owner@localhost', '2026-05-01 12:00:00+00', 'true', 'false', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', NULL, NULL),
  ('019de368-f600-7495-ba56-521801ce8ee7', 'Ada Lovelace', 'ada-lovelace', '5c61d930-489f-4b08-b796-4eb9e4145e30@example.com', '2026-05-01 12:00:00+00', 'false', 'false', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', NULL),
  ('019de368-f600-75d8-b65e-bc4991e76711', 'maintainer', 'maintainer', '4917530b-26e7-459c-9ca4-3890b99df302@example.com', '2026-05-01 12:00:00+00', 'false', 'false', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', NULL),
  ('019de368-f600-749e-8da5-6b1af2c31116', 'developer', 'developer', '6fad7ea9-6059-4ece-b39e-b1e92288b5a9@example.com', '2026-05-01 12:00:00+00', 'false', 'false', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', NULL),
  ('019de368-f600-748e-ba32-549585848d6f', 'viewer', 'viewer', '3d148ab1-780b-4095-8457-ab259e65b2d4@example.com', '2026-05-01 12:00:00+00', 'false', 'false', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', '2026-05-01 12:00:00+00', NULL),
  ('019de368-f600-73a9-92ab-11ee56c46a0f', 'Linus', 'linus', 'b65427be-f611-488a-9024-5d5072816fe2@example.com', '2026-05-01 12:01:01+00', 'false', 'true', '2026-05-01 12:00:00+00', '2026-05-01 12:01:00+00', '2026-05-01 12:00:00+00', NULL),
  ('019de368-f600-7262-a472-4f2f5dbbe31c', 'Grace ‮ Hopper', 'grace-hopper', '7324dc1e-303b-4247-9475-4b8732eca6c8@example.com', '2026-05-01 12:00:00+00', 'false', 'false', '2026-05-01 12:00:00+00', '2026-05-01 12:01:00+00', '2026-05-01 12:00:00+00', 'grace.new@example.com'),
  ('019de369-e060-779e-a3a9-04e7b9cfccf4', 'Pending', 'pending', 'pending@example.com', '2026-05-01 12:01:00+00', 'false', 'false', '2026-05-01 12:01:00+00', '2026-05-01 12:01:00+00', NULL, NULL),
  ('019de369-e060-76a3-8220-156b5b516097', 'Signed Out', 'signed-out', 'cc4ca459-ad8b-4517-97a7-8f7cfac7b45f@example.com', '2026-05-01 12:01:00+00', 'false', 'false', '2026-05-01 12:01:00+00', '2026-05-01 12:01:00+00', '2026-05-01 12:01:00+00', NULL);
DELETE FROM verification_changes;
INSERT INTO verification_changes ("id", "number", "hash", "project", "made") VALUES
  ('1', '1', E'\\x7e52cfd4c3744ae1ac54b3646519e4fb528731d23f437285c067b3ee650c41f0', NULL, '2026-11-28 13:33:57.799+00'),
  ('2', '2', NULL, '019de368-f600-76b7-9a75-18ab340d1746', '2026-11-28 13:33:57.815+00');
DELETE FROM verification_feed;
INSERT INTO verification_feed ("one", "number") VALUES
  ('true', '2');
SELECT setval('verification_changes_id_seq', (SELECT max(id) FROM verification_changes));
SET session_replication_role = DEFAULT;
