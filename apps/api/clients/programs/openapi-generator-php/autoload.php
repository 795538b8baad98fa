<?php

// Debian's packages of Guzzle bring a loader of their own, so Composer is not needed.
require 'GuzzleHttp/autoload.php';
spl_autoload_register(function (string $name): void {
    $file = 'client/lib/' . str_replace('\\', '/', str_replace('OpenAPI\\Client\\', '', $name)) . '.php';
    if (is_file($file)) require $file;
});
