# Debian's libtorch names OpenCV and FFmpeg among the libraries that it needs, and takes no symbol from them. With all
# that they pull in (Qt 5, GDAL, Poppler, ...) they would be 230 of 290 libraries, 0.15 s or more of every start
# and 65 MB of resident memory. Our programs find an empty library under these names: the loader looks in a program's
# RPATH (not in its RUNPATH) also for what libraries need. Where the folder is missing it takes the real ones.
get_filename_component(torch_folder ${TORCH_LIBRARY} DIRECTORY)
set(torch_cpu ${torch_folder}/libtorch_cpu.so)
set(unneeded)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND EXISTS ${torch_cpu})
  # Lists the direct dependencies that no symbol is taken from.
  execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ldd -u ${torch_cpu} OUTPUT_VARIABLE unused ERROR_QUIET)
  string(REGEX MATCHALL "lib(opencv_[a-z0-9_]+|avcodec|avformat|avutil|swscale|swresample)\\.so\\.[0-9.]+" unneeded
    "${unused}")
endif()

if(unneeded)
  set(folder lib/tiller) # below the build folder, and below the prefix where it is installed
  set(empty_source ${CMAKE_BINARY_DIR}/unneeded.cpp)
  file(WRITE ${empty_source} "")
  add_library(tiller_unneeded SHARED ${empty_source})
  set_target_properties(tiller_unneeded PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${folder})
  target_link_options(tiller_unneeded PRIVATE -nostdlib)
  install(TARGETS tiller_unneeded LIBRARY DESTINATION ${folder})
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/${folder})
  foreach(name ${unneeded})
    set(link ${CMAKE_BINARY_DIR}/${folder}/${name})
    file(CREATE_LINK libtiller_unneeded.so ${link} SYMBOLIC)
    install(FILES ${link} DESTINATION ${folder})
  endforeach()

  # Programs lie in bin/, tests in tests/. One RPATH for both places: CMake would end that of the build folder with an
  # empty entry, which is the current folder.
  add_link_options(-Wl,--disable-new-dtags)
  set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
  set(CMAKE_INSTALL_RPATH "$ORIGIN/../${folder}")
  set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON) # libraries outside the system's folders
endif()
