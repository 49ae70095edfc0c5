{
  "targets": [
    {
      "target_name": "consumer",
      "sources": ["consumer.cc"],
      "include_dirs": ["<!(node -p \"require('memoryview').include\")"],
      "defines": ["NAPI_VERSION=9"]
    }
  ]
}
