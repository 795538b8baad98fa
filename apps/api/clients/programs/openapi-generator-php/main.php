<?php

require 'autoload.php';

$configuration = OpenAPI\Client\Configuration::getDefaultConfiguration()
    ->setHost(getenv('KEYS_URL'))
    ->setAccessToken(getenv('KEYS_TOKEN'));
$api = new OpenAPI\Client\Api\ProjectKeysApi(new GuzzleHttp\Client(), $configuration);
$project = getenv('KEYS_PROJECT');

function check(bool $holds, string $promise): void
{
    if (!$holds) throw new Exception("It does not hold that $promise.");
}

$wanted = new OpenAPI\Client\Model\ProjectKeysCreateRequest(['name' => 'ci-main é', 'ttl' => 4294967295]);
$key = $api->projectKeysCreate($project, $wanted)->getUuid();
check(count($api->projectKeysList($project, per_page: 255)) > 0, 'the key is listed');
$change = new OpenAPI\Client\Model\ProjectKeysRenameRequest(['name' => 'ci-release']);
check($api->projectKeysRename($project, $key, $change)->getName() === 'ci-release', 'the key is renamed');
check($api->projectKeysView($project, $key)->getRevoked() === null, 'the key is viewed');
$api->projectKeysRevoke($project, $key);
