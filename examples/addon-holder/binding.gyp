{
  "targets": [
    {
      "target_name": "holder",
      "sources": ["holder.c"],
      "include_dirs": ["<!(node -p \"require('memoryview').include\")"],
      "defines": ["NAPI_VERSION=9"],
      "libraries": ["-lpthread"]
    }
  ]
}
